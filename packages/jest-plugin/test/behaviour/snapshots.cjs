/** Both frameworks write names of tests in their own way, so each has its snapshots: Jest's are here. */
const { join, relative } = require("node:path");

const root = join(__dirname, "../../../..");
const snapshots = join(__dirname, "__snapshots__");

module.exports = {
  resolveSnapshotPath: (test, extension) => join(snapshots, relative(root, test) + extension),
  // Vitest's are nobody's here, and not obsolete for that.
  resolveTestPath: (snapshot, extension) =>
    snapshot.startsWith(snapshots)
      ? join(root, relative(snapshots, snapshot).slice(0, -extension.length))
      : snapshot,
  testPathForConsistencyCheck: join(root, "examples/some/handler.test.ts"),
};
