/**
 * Keeps packages/<name>/etc/<entry>.api.md equal to what the built declarations export, so that a
 * change of surface is seen in review. `--check` fails on a difference instead of writing it.
 */
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync } from "node:fs";
import { join, relative } from "node:path";
import {
  Extractor,
  ExtractorConfig,
  ExtractorLogLevel,
  type ExtractorResult,
} from "@microsoft/api-extractor";
import { apiModel, publishedPackages, workspaceRoot, type WorkspacePackage } from "./packages.ts";

const check = process.argv.includes("--check");
let failed = false;

for (const workspacePackage of publishedPackages()) {
  for (const { output } of workspacePackage.entries) {
    const report = join(workspacePackage.directory, "etc", `${output}.api.md`);
    const { succeeded, apiReportChanged } = extract(workspacePackage, output);
    const outcome = apiReportChanged ? (check ? "DIFFERS" : "updated") : "unchanged";
    console.log(`${outcome.padEnd(9)} ${relative(workspaceRoot, report)}`);
    if (succeeded) continue;
    failed = true;
    const fresh = join(freshReports(workspacePackage), `${output}.api.md`);
    spawnSync("git", ["--no-pager", "diff", "--no-index", report, fresh], { stdio: "inherit" });
  }
}

if (failed) {
  if (check) console.error("Build, run the api script, and commit the reports with the change.");
  process.exitCode = 1;
}

function freshReports({ name }: WorkspacePackage): string {
  return join(workspaceRoot, "node_modules/.cache/api-reports", name);
}

function extract(workspacePackage: WorkspacePackage, entry: string): ExtractorResult {
  const { directory } = workspacePackage;
  const reportFolder = join(directory, "etc");
  const declarations = join(directory, "dist", `${entry}.d.mts`);
  if (!existsSync(declarations)) {
    throw new Error(`${declarations} is missing: the reports are made from a build, build first.`);
  }
  mkdirSync(reportFolder, { recursive: true });
  const config = ExtractorConfig.prepare({
    configObjectFullPath: undefined,
    packageJsonFullPath: join(directory, "package.json"),
    configObject: {
      projectFolder: directory,
      mainEntryPointFilePath: declarations,
      // Its own TypeScript reads the declarations, under settings it knows.
      compiler: {
        overrideTsconfig: {
          compilerOptions: {
            target: "es2023",
            lib: ["es2023", "esnext.disposable"],
            module: "nodenext",
            moduleResolution: "nodenext",
            strict: true,
            skipLibCheck: true,
            types: ["node"],
          },
          files: [declarations],
        },
      },
      apiReport: {
        enabled: true,
        reportFileName: entry,
        reportFolder,
        reportTempFolder: freshReports(workspacePackage),
        includeForgottenExports: true,
      },
      // What the reference of the site is made of.
      docModel: { enabled: true, apiJsonFilePath: apiModel(workspacePackage, entry) },
      dtsRollup: { enabled: false },
      tsdocMetadata: { enabled: false },
      newlineKind: "lf",
      messages: {
        // The report is the surface alone: remarks would bring line numbers and the names of chunks into
        // it, and change it with every internal change. Unexported types it names are in it as well.
        extractorMessageReporting: { default: { logLevel: ExtractorLogLevel.None } },
        tsdocMessageReporting: { default: { logLevel: ExtractorLogLevel.None } },
      },
    },
  });
  return Extractor.invoke(config, {
    localBuild: !check,
    showVerboseMessages: false,
    messageCallback: (message) => {
      // The compiler version notice and the "you have changed the API" warning repeat what is printed here.
      if (message.messageId.startsWith("console-")) message.handled = true;
    },
  });
}
