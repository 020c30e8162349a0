/**
 * The loop between a planner and its tools. What a planner wants done is held against the tool's schema, then asked of the
 * gateway (`can`), and only then done. Whatever the answer, the planner gets it as the result of its call: a refusal is not
 * the end, it is what to plan with.
 */
import { Refused, type Decision, type Session } from '@gogs-spanner/sdk';

import type { Message, Planner, ToolCall } from './planner.js';
import { check } from './schema.js';
import type { Tool } from './tools.js';

/** A planner that has not come to an end by then goes round in circles. */
const TURNS_MAX = 24;

/** What came of a call. */
interface Outcome {
  readonly isError: boolean;
  readonly value: unknown;
}

/** Has a planner do a task, and gives all that was said. */
export async function run(
  planner: Planner,
  session: Session,
  tools: readonly Tool[],
  task: string,
  say: (line: string) => void,
): Promise<readonly Message[]> {
  const messages: Message[] = [{ role: 'user', text: task }];
  const descriptions = tools.map(({ name, description, inputSchema }) => ({ name, description, inputSchema }));
  for (let turn = 0; turn < TURNS_MAX; turn += 1) {
    const { text, calls } = await planner.next(messages, descriptions);
    messages.push({ role: 'assistant', text, calls });
    if (text !== '') say(text);
    if (calls.length === 0) return messages;
    for (const call of calls) {
      const { isError, value } = await use(session, tools, call);
      say(`  ${call.name}: ${isError ? 'refused' : 'done'}${isError ? ` (${JSON.stringify(value)})` : ''}`);
      messages.push({ role: 'tool', callId: call.id, isError, content: JSON.stringify(value) });
    }
  }
  throw new Error(`the planner came to no end in ${TURNS_MAX} turns`);
}

async function use(session: Session, tools: readonly Tool[], { name, input }: ToolCall): Promise<Outcome> {
  const tool = tools.find((one) => one.name === name);
  if (tool === undefined) return { isError: true, value: { error: `there is no tool ${name}` } };
  const wrong = check(input, tool.inputSchema);
  if (wrong !== undefined) return { isError: true, value: { error: wrong } };
  try {
    const no = (await session.can(await tool.effects(input))).find((decision) => decision.outcome === 'refuse');
    if (no !== undefined) return { isError: true, value: foreseen(no) };
    return { isError: false, value: await tool.use(input) };
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    return { isError: true, value: error instanceof Refused ? met(error) : { error: error.message } };
  }
}

/** What the gateway would say: nothing was tried. */
function foreseen({ reason, why, hint, next, retry }: Decision): object {
  return { refused: reason, why, hint, next, retry };
}

/** What it said when it was tried: rules and budgets may have changed since they were asked. */
function met({ reason, why, hint, next, retry }: Refused): object {
  return { refused: reason, why, hint, next, retry };
}
