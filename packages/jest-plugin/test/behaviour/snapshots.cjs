/** Both frameworks write names of tests in their own way, so each has its snapshots: Jest's are here. */
const { join, relative } = require("node:path");

const root = join(__dirname, "../../../..");
const snapshots = join(__dirname, "__snapshots__");

module.exports = {
  resolveSnapshotPath: (test, extension) => join(snapshots, relative(root, test) + extension),
  resolveTestPath: (snapshot, extension) =>
    join(root, relative(snapshots, snapshot).slice(0, -extension.length)),
  testPathForConsistencyCheck: join(root, "examples/some/handler.test.ts"),
};
