/** What tests import from Vitest, as Jest has it. */
const globals = require("@jest/globals");

module.exports = { ...globals, vi: globals.jest };
