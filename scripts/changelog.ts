/**
 * What a changeset says, as it says it: for `changeset version`. Which commit it came with is in git; that the packages
 * depend on each other's new version goes without saying, since all carry the same.
 */
const changelog: {
  readonly getReleaseLine: (changeset: { readonly summary: string }) => Promise<string>;
  readonly getDependencyReleaseLine: () => Promise<string>;
} = {
  getReleaseLine: async ({ summary }) => {
    const [first = "", ...rest] = summary.trim().split("\n");
    return [`- ${first}`, ...rest.map((line) => (line.trim() === "" ? "" : `  ${line}`))].join(
      "\n",
    );
  },
  getDependencyReleaseLine: async () => "",
};

export default changelog;
