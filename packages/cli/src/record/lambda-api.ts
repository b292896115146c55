import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { ServiceError } from "../errors.ts";
import type { Io } from "../io.ts";
import type { ExecutionsApi } from "./executions-api.ts";

type Lambda = typeof import("@aws-sdk/client-lambda");

const PACKAGE = "@aws-sdk/client-lambda";
const PAGE = 1000;

/**
 * The service, through AWS's own client. It is that of the project, and needed for nothing else.
 *
 * @throws ServiceError when it is not installed.
 */
export async function lambdaApi(
  {
    endpoint,
    region,
  }: { readonly endpoint?: string | undefined; readonly region?: string | undefined },
  { cwd, env }: Pick<Io, "cwd" | "env">,
): Promise<ExecutionsApi> {
  const lambda = await loadClient(cwd);
  const isLocal =
    endpoint !== undefined &&
    env["AWS_PROFILE"] === undefined &&
    env["AWS_ACCESS_KEY_ID"] === undefined;
  const client = new lambda.LambdaClient({
    // Waiting is ours: see retry.ts.
    maxAttempts: 1,
    ...(endpoint !== undefined && { endpoint }),
    ...regionOf(region ?? env["AWS_REGION"] ?? env["AWS_DEFAULT_REGION"], isLocal),
    // A server on this machine asks for none.
    ...(isLocal && { credentials: { accessKeyId: "local", secretAccessKey: "local" } }),
  });
  return {
    list: async ({ functionName, qualifier, statuses, startedAfter, startedBefore }, Marker) => {
      const answer = await client.send(
        new lambda.ListDurableExecutionsByFunctionCommand({
          FunctionName: functionName,
          Qualifier: qualifier,
          Statuses: statuses.length === 0 ? undefined : (statuses as never),
          StartedAfter: startedAfter,
          StartedBefore: startedBefore,
          Marker,
        }),
      );
      const items = answer.DurableExecutions ?? [];
      return {
        items: items.flatMap(({ DurableExecutionArn }) => DurableExecutionArn ?? []),
        nextMarker: answer.NextMarker,
      };
    },
    describe: async (arn) => {
      const answer = await client.send(
        new lambda.GetDurableExecutionCommand({ DurableExecutionArn: arn }),
      );
      return {
        arn,
        name: answer.DurableExecutionName ?? "execution",
        functionArn: answer.FunctionArn,
        version: answer.Version,
        status: answer.Status,
        startedAt: answer.StartTimestamp,
        endedAt: answer.EndTimestamp,
      };
    },
    history: async (arn, Marker) => {
      const answer = await client.send(
        new lambda.GetDurableExecutionHistoryCommand({
          DurableExecutionArn: arn,
          IncludeExecutionData: true,
          MaxItems: PAGE,
          Marker,
        }),
      );
      return { items: answer.Events ?? [], nextMarker: answer.NextMarker };
    },
  };
}

function regionOf(region: string | undefined, isLocal: boolean): { readonly region?: string } {
  if (region !== undefined) return { region };
  return isLocal ? { region: "us-east-1" } : {};
}

/** @throws ServiceError */
async function loadClient(cwd: string): Promise<Lambda> {
  try {
    const installed = createRequire(join(cwd, "package.json")).resolve(PACKAGE);
    return (await import(pathToFileURL(installed).href)) as Lambda;
  } catch (cause) {
    throw new ServiceError(
      `record asks AWS through ${PACKAGE}, which cannot be loaded from ${cwd}. Install it there: npm install --save-dev ${PACKAGE}`,
      { cause },
    );
  }
}
