/**
 * Notices the real work of handler code and writes it into the ledger of the invocation it is of.
 *
 * Owns: when the process is watched at all.
 * Does not own: what counts as work; each tap does, in the file of its name.
 *
 * 1. Async hooks are on only while a scope is open. Without any real work they cost next to nothing:
 *    `destroy`, which is what makes them expensive, is on from the first piece of real work until the
 *    last scope ends.
 * 2. The taps on core modules are put in once, with the first scope, and stay: taking them out and in
 *    again would cost more than the one look at the context that each costs outside scopes.
 */
import { dropLedger, InFlight, keepLedger } from "./ledger.ts";
import { tapDatagrams } from "./datagrams.ts";
import { tapUndici } from "./fetch.ts";
import { tapIterators } from "./node-streams.ts";
import { tapPorts } from "./ports.ts";
import { tapPromises } from "./promises.ts";
import { resourceHooks } from "./resources.ts";
import { tapSockets } from "./sockets.ts";
import { tapPipes } from "./web-streams.ts";
import { tapWorkers } from "./workers.ts";
import { Origin } from "../surroundings/origin.ts";
import type { Scope } from "../surroundings/scope.ts";
import { shared } from "../surroundings/shared.ts";

interface WorkObserver {
  /** A scope has been opened. */
  enter(): void;
  /** A scope has ended. */
  leave(): void;
}

function createObserver(): WorkObserver {
  const hooks = resourceHooks();
  let openScopes = 0;
  let tapped = false;
  return {
    enter() {
      if (!tapped) {
        tapped = true;
        tapUndici();
        tapPipes();
        tapIterators();
        tapSockets();
        tapDatagrams();
        tapPromises();
        tapWorkers();
        tapPorts();
      }
      openScopes += 1;
      if (openScopes === 1) hooks.enable();
    },
    leave() {
      openScopes -= 1;
      if (openScopes === 0) hooks.disable();
    },
  };
}

/** One per process: two would count everything twice. */
const observer: WorkObserver = shared("observer", createObserver);

/** Keeps a ledger of the real work that begins in `scope`, until the ledger is closed. */
export function watchWork(scope: Scope): InFlight {
  const ledger = new InFlight(scope.environment.progress, {
    origin: () => Origin.ofRunningCode(scope.host),
    onClose: () => {
      dropLedger(scope);
      observer.leave();
    },
  });
  keepLedger(scope, ledger);
  observer.enter();
  return ledger;
}
