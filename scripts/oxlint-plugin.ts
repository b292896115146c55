/** `new Date()` and `Date()` read the clock of the process; no stock rule tells them from `new Date(ms)`. */
const noAmbientDate = {
  create(context: Context) {
    const check = (node: CallLike) => {
      if (
        node.callee.type === "Identifier" &&
        node.callee.name === "Date" &&
        (node.type === "CallExpression" || node.arguments.length === 0)
      ) {
        context.report({ node, message: "Take the time from the clock that was passed in." });
      }
    };
    return { NewExpression: check, CallExpression: check };
  },
};

interface Context {
  report(finding: { readonly node: CallLike; readonly message: string }): void;
}

interface CallLike {
  readonly type: "NewExpression" | "CallExpression";
  readonly callee: { readonly type: string; readonly name?: string };
  readonly arguments: readonly unknown[];
}

export default { meta: { name: "durabletest" }, rules: { "no-ambient-date": noAmbientDate } };
