/** Which executions are asked for. */
export interface ExecutionsQuery {
  readonly functionName: string;
  readonly qualifier?: string | undefined;
  readonly statuses: readonly string[];
  readonly startedAfter?: Date | undefined;
  readonly startedBefore?: Date | undefined;
}

/** An execution, as the service describes it. */
export interface DescribedExecution {
  readonly arn: string;
  readonly name: string;
  readonly functionArn: string | undefined;
  readonly version: string | undefined;
  readonly status: string | undefined;
  readonly startedAt: Date | undefined;
  readonly endedAt: Date | undefined;
}

/** Part of a list, and how the next part is asked for. */
export interface Page<Item> {
  readonly items: readonly Item[];
  readonly nextMarker: string | undefined;
}

/** What recording needs of the service. Methods reject with what the service has answered. */
export interface ExecutionsApi {
  /** ARNs, the newest execution first. */
  list(query: ExecutionsQuery, marker: string | undefined): Promise<Page<string>>;
  describe(arn: string): Promise<DescribedExecution>;
  /** Events with their data, from the first one on. */
  history(arn: string, marker: string | undefined): Promise<Page<object>>;
}
