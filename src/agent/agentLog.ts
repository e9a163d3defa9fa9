/** Where the agent tells how it fares: one line an event, pino-like. What a run logs goes elsewhere (the job log). */

type Line = (facts: object, msg: string) => void;
export interface AgentLog { debug: Line; info: Line; warn: Line; error: Line }

export const SILENT: AgentLog = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
