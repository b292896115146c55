/**
 * The environment: Jest's own for Node, in which whatever fails a test ends with the timeline of what its execution
 * did. `durableTest` adds that by itself to what its tests throw; the environment does so for a test that runs into
 * its timeout, for hooks, and for tests that make their runners themselves.
 *
 * @packageDocumentation
 */
import { TestEnvironment } from "jest-environment-node";
import { failureTimelines, type TestEventHandler } from "./failure-timelines.ts";

export { failureTimelines, type TestEvent, type TestEventHandler } from "./failure-timelines.ts";

/** For `testEnvironment` in the configuration of Jest; the preset has it. */
export default class DurableEnvironment extends TestEnvironment {
  /** Jest tells it what happens to tests. */
  readonly handleTestEvent: TestEventHandler;

  constructor(...[config, context]: ConstructorParameters<typeof TestEnvironment>) {
    super(config, context);
    const { displayName } = config.projectConfig;
    this.handleTestEvent = failureTimelines(this.global, displayName?.name);
  }
}
