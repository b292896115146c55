/**
 * Compiles tests that are written for Vitest: what is left of TypeScript, and `vi.mock`, which both frameworks carry
 * out before the imports of the file. Jest's compilers find it by the name `jest`, and nothing else of it differs.
 */
const { createTransformer } = require("@swc/jest");

module.exports = {
  createTransformer: (options) => {
    const transformer = createTransformer(options);
    const asJest = (source) => source.replaceAll(/\bvi\.(?=(?:un)?mock\()/g, "jest.");
    return {
      ...transformer,
      process: (source, ...rest) => transformer.process(asJest(source), ...rest),
    };
  },
};
