/** What the sides send, and what is made of it. */
import { summary, type Timing } from "./measure.ts";

/** What each side measures, by the name of its file. */
export interface Sides {
  readonly floor: Measured<OwnCase>;
  readonly durabletest: Measured<OwnCase>;
  readonly "aws-runner": Measured<SharedCase>;
  readonly "aws-handlers": Measured<SharedCase>;
  readonly memory: Process & { readonly suspendedBytes: number };
  readonly requests: Process & { readonly requests: readonly Requests[] };
  readonly imports: Process & { readonly testing: Timing; readonly awsTesting: Timing };
  readonly explore: Process & {
    /** Of our runtime, in a second. */
    readonly schedules: number;
    readonly awsSchedules: number;
    readonly fork: Timing;
    /** Of a failure that needs about forty decisions. */
    readonly shrinkMs: number;
  };
  readonly "explore-floor": Process & {
    /** Of the same handlers, in a second, on the least service there can be. */
    readonly executions: number;
    readonly awsExecutions: number;
  };
  readonly suites: Process & {
    readonly files: number;
    readonly vitest: SuitePair;
    readonly shared: SuitePair;
    readonly jest: SuitePair;
  };
  /** Absent unless it was asked for: it takes minutes. */
  readonly "long-suites"?: Process & {
    readonly files: number;
    readonly suites: readonly LongSuite[];
  };
}

/** A suite of small durable tests beside one of as many empty tests. */
export interface SuitePair {
  readonly title: string;
  readonly emptyMs: number;
  readonly durableMs: number;
  /** As long as the empty one. */
  readonly ratio: number;
  /** Likewise, in the time of processors. */
  readonly cpuRatio: number;
}

/** How a suite goes on: its first hundred files beside its last. */
export interface LongSuite {
  readonly title: string;
  /** What the heap of a worker grows by from file to file, after garbage collection. */
  readonly bytesAFile: number;
  /** The same with empty tests. */
  readonly bytesAnEmptyFile: number;
  /** How long the last hundred files take, to the first. */
  readonly slowdown: number;
}

/** What a handler asks of a service that takes 20 ms to answer. */
export interface Requests {
  readonly title: string;
  readonly durabletest: RequestsOfSide;
  readonly aws: RequestsOfSide;
}

interface RequestsOfSide {
  readonly requests: number;
  /** Milliseconds of an invocation: the lower quartile, for what disturbs a wait only adds to it. */
  readonly ms: number;
}

/** A side is a process of its own. */
interface Process {
  /** Milliseconds from its figures to its end: what it left behind keeps it alive. */
  readonly lingeredMs: number;
}

type Measured<Name extends string> = Process & Readonly<Record<Name, Timing>>;

type SharedCase = "approval" | "steps100" | "waits100" | "branches300" | "items1000";
type OwnCase = SharedCase | "steps1000" | "steps10000" | "waits1000";

/** One case on all sides. Times are medians in milliseconds; absent where a side does not run it. */
interface Comparison {
  readonly title: string;
  readonly floorMs: number;
  readonly durabletestMs: number;
  /** From the lower to the upper quartile of our samples, as a share of their median: the noise. */
  readonly spread: number;
  readonly awsHandlersMs?: number | undefined;
  readonly awsRunnerMs?: number | undefined;
}

/** A figure that has a target. */
interface Figure {
  readonly title: string;
  readonly value: number;
  /** What could be had at best. */
  readonly floor?: number | undefined;
  readonly unit: string;
  readonly target: number;
  readonly wanted: "at least" | "at most";
}

export interface Report {
  readonly comparisons: readonly Comparison[];
  readonly figures: readonly (Figure & { readonly reached: boolean })[];
  /** The median of the spreads: how uneven the machine was. */
  readonly noise: number;
  readonly sides: Sides;
}

/** Makes the report of what the sides have sent. */
export function evaluate(sides: Sides): Report {
  const { floor, durabletest: ours, "aws-runner": runner, memory, imports } = sides;
  const handlers = sides["aws-handlers"];
  const shared = (title: string, name: SharedCase): Comparison => ({
    ...own(title, name),
    awsHandlersMs: handlers[name].median,
    awsRunnerMs: runner[name].median,
  });
  const own = (title: string, name: OwnCase): Comparison => {
    const { median, lowerQuartile, upperQuartile } = ours[name];
    return {
      title,
      floorMs: floor[name].median,
      durabletestMs: median,
      spread: (upperQuartile - lowerQuartile) / median,
    };
  };
  const { explore } = sides;
  const { requests } = sides.requests;
  const worst = (ratio: (of: Requests) => number): number => Math.max(...requests.map(ratio));
  const stepUs = ours.steps1000.median;
  const figures: readonly Figure[] = [
    {
      title: "step + 1 h wait + callback, faster than AWS's runner",
      value: runner.approval.median / ours.approval.median,
      unit: "×",
      target: 1500,
      wanted: "at least",
    },
    {
      title: "schedules explored, of six operations",
      value: explore.schedules,
      floor: sides["explore-floor"].executions,
      unit: " /s",
      target: 10_000,
      wanted: "at least",
    },
    {
      title: "schedules explored, AWS's handler",
      value: explore.awsSchedules,
      floor: sides["explore-floor"].awsExecutions,
      unit: " /s",
      target: 2000,
      wanted: "at least",
    },
    {
      title: "a fork, to a step + wait + callback",
      value: explore.fork.median / ours.approval.median,
      unit: "×",
      target: 1,
      wanted: "at most",
    },
    {
      title: "shrinking a failure of forty decisions",
      value: explore.shrinkMs,
      unit: " ms",
      target: 1000,
      wanted: "at most",
    },
    {
      title: "100 steps, faster than AWS's runner",
      value: runner.steps100.median / ours.steps100.median,
      unit: "×",
      target: 4000,
      wanted: "at least",
    },
    ...(
      [
        ["step + 1 h wait + callback, AWS's handler", "approval", 400],
        ["100 steps, AWS's handler", "steps100", 900],
        ["100 waits, AWS's handler", "waits100", 60],
      ] as const
    ).map(([title, name, target]): Figure => ({
      title: `${title}, faster than AWS's runner`,
      value: runner[name].median / handlers[name].median,
      unit: "×",
      target,
      wanted: "at least",
    })),
    {
      title: "the process of AWS's handlers, from its last run to its end",
      value: handlers.lingeredMs,
      unit: "ms",
      // AWS's SDK leaves a timer of 500 ms behind at every invocation.
      target: 250,
      wanted: "at most",
    },
    {
      title: "a step, of 1 000 in one execution",
      value: stepUs,
      unit: "µs",
      target: 8,
      wanted: "at most",
    },
    {
      title: "a step of 10 000, to one of 1 000",
      value: ours.steps10000.median / 10 / stepUs,
      unit: "×",
      target: 2,
      wanted: "at most",
    },
    {
      title: "1 000 waits, replayed at each",
      value: ours.waits1000.median / 1000,
      unit: "s",
      target: 0.6,
      wanted: "at most",
    },
    {
      title: "a suspended execution, of 10 000",
      value: memory.suspendedBytes / 1024,
      unit: "KB",
      target: 10,
      wanted: "at most",
    },
    {
      title: "requests of a handler, to AWS's SDK, where it compares worst",
      value: worst(({ durabletest, aws }) => durabletest.requests / aws.requests),
      unit: "×",
      target: 1,
      wanted: "at most",
    },
    {
      title: "its time, with 20 ms a response, likewise",
      value: worst(({ durabletest, aws }) => durabletest.ms / aws.ms),
      unit: "×",
      // What is left beside the requests is noise.
      target: 1.05,
      wanted: "at most",
    },
    {
      title: "import of @durabletest/testing",
      value: imports.testing.median,
      unit: "ms",
      target: 40,
      wanted: "at most",
    },
    {
      title: "the same, to AWS's testing package",
      value: imports.testing.median / imports.awsTesting.median,
      unit: "×",
      target: 0.5,
      wanted: "at most",
    },
    ...(
      [
        [sides.suites.vitest, 1.2],
        [sides.suites.shared, 1.4],
        [sides.suites.jest, 1.3],
      ] as const
    ).map(([{ title, ratio }, target]): Figure => ({
      title: `${sides.suites.files} files of 20 tests, to empty ones: ${title}`,
      value: ratio,
      unit: "×",
      target,
      wanted: "at most",
    })),
    ...(sides["long-suites"]?.suites ?? []).flatMap((suite) => longSuiteFigures(suite)),
  ];
  const comparisons: readonly Comparison[] = [
    shared("step + 1 h wait + callback", "approval"),
    shared("100 steps", "steps100"),
    shared("100 waits", "waits100"),
    shared("300 parallel branches", "branches300"),
    shared("1 000 items, 50 at once", "items1000"),
    own("1 000 steps", "steps1000"),
    own("10 000 steps", "steps10000"),
    own("1 000 waits", "waits1000"),
  ];
  return {
    comparisons,
    noise: summary(comparisons.map(({ spread }) => spread)).median,
    figures: figures.map((figure) => ({ ...figure, reached: isReached(figure) })),
    sides,
  };
}

function longSuiteFigures({ title, ...suite }: LongSuite): readonly Figure[] {
  return [
    {
      title: `a file of 500, on the heap: ${title}`,
      value: Math.max(0, suite.bytesAFile - suite.bytesAnEmptyFile) / 1024,
      unit: "KB",
      // The framework keeps the outcome of each test, and what was executed in it.
      target: 10,
      wanted: "at most",
    },
    {
      title: `the last 100 files of 500, to the first: ${title}`,
      value: suite.slowdown,
      unit: "×",
      // What is left is the noise of the machine.
      target: 1.1,
      wanted: "at most",
    },
  ];
}

function isReached({ value, target, wanted }: Figure): boolean {
  return wanted === "at least" ? value >= target : value <= target;
}
