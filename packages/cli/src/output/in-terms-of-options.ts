const UNKNOWN_FUNCTION =
  / Give it as an option of the runner:\n {2}durableFunctions: \{ (?:"(.*)": handler) \}\n {2}functions: .*$/m;

/** What messages say to those who write a test, and how the same is done at a terminal. */
const TERMS: readonly (readonly [inTest: RegExp, here: string])[] = [
  [UNKNOWN_FUNCTION, " Name the module of its handler: --function '$1=src/module.ts'."],
  [
    / Complete a callback \(runner\.callback\(name\)\.succeed\(…\)\), script it \(callbacks: \{ name: respond\.success\(…\) \}\), or give it a timeout\./,
    " Answer the callback (--callback 'name=JSON'), or give it a timeout in the handler.",
  ],
  [/ \(maxInvocations\)/g, ""],
  [
    /console\.log\(formatTimeline\(runner\.result\)\)/,
    "durabletest run with --history <file>, then durabletest trace <file>",
  ],
];

/** A message of an error, for somebody who has options of a command, and no runner. */
export function inTermsOfOptions(message: string): string {
  const text = TERMS.reduce((said, [inTest, here]) => said.replace(inTest, here), message);
  return /\b(?:callbacks|steps)[:.]/.test(text)
    ? `${text}\nHere that is said with --callback 'name=JSON' and --step 'name=JSON'.`
    : text;
}

/** A message of an error, for somebody who has named modules to play with. */
export function inTermsOfModules(message: string): string {
  return message.replace(
    UNKNOWN_FUNCTION,
    " Name the module of its handler as well: durabletest dev src/order.ts src/$1.ts. A function is called after its file.",
  );
}
