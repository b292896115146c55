/**
 * What a changeset says, as it says it. Which commit it came with is in git; that the packages depend on each other's new
 * version goes without saying, since all carry the same.
 */
export default {
  getReleaseLine: async ({ summary }) => {
    const [first, ...rest] = summary.trim().split("\n");
    return [`- ${first}`, ...rest.map((line) => (line.trim() === "" ? "" : `  ${line}`))].join(
      "\n",
    );
  },
  getDependencyReleaseLine: async () => "",
};
