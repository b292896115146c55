/**
 * Run by Node itself, as a process of its own: plays the cases of a seed and prints a digest of how each
 * of them went.
 */
import { argv } from "node:process";
import { digestsOf } from "./digests.ts";

const [seed, count] = argv.slice(2).map(Number);
console.log(JSON.stringify(await digestsOf({ seed: seed ?? 0, count: count ?? 0 })));
