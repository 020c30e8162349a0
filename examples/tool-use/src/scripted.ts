/**
 * A planner without a model: it reads what its tools answered and decides by rules. What it does depends on what it is told;
 * it knows no branch and no right beforehand.
 */
import type { Message, Planner, ToolCall, Turn } from './planner.js';

/** What the script wants, once it knows enough. */
interface Aim {
  readonly issue: number;
  /** The file the issue is about. */
  readonly path: string;
  readonly line: string;
}

/** A right as `whoami` tells it. */
interface Right {
  readonly actions: readonly string[];
  readonly refs: readonly string[];
  readonly paths: readonly string[];
}

/** A call that was made, and its answer. */
interface Step {
  readonly call: ToolCall;
  readonly isError: boolean;
  readonly value: Readonly<Record<string, unknown>>;
}

/** Where something may be written. */
interface Place {
  readonly branch: string;
  readonly path: string;
}

/** Reads the issue and the file, proposes a line more, and says on the issue what came of it. */
export class ScriptedPlanner implements Planner {
  readonly #aim: Aim;

  constructor(aim: Aim) {
    this.#aim = aim;
  }

  async next(messages: readonly Message[]): Promise<Turn> {
    const steps = stepsOf(messages);
    const done = (name: string) => steps.find(({ call, isError }) => call.name === name && !isError);
    const { issue, path } = this.#aim;
    if (!tried(steps, 'read_issue')) return turn(steps, 'First the issue.', 'read_issue', { issue });
    if (!tried(steps, 'read_file')) return turn(steps, 'Now the file it is about.', 'read_file', { path });
    if (!done('propose_change')) return this.#propose(steps);
    if (!tried(steps, 'comment')) return this.#tell(steps, proposed(done('propose_change')));
    return { text: done('comment') ? 'Done.' : 'Done, but the issue does not say so: I may not comment.', calls: [] };
  }

  /** Tries the quickest way, and after a refusal what the gateway says is there. */
  #propose(steps: readonly Step[]): Turn {
    const { path, line } = this.#aim;
    const [first, second] = steps.filter(({ call }) => call.name === 'propose_change');
    const text = `${textOf(steps)}${line}\n`;
    if (!first) return turn(steps, 'The quickest way: the default branch.', 'propose_change', { path, text });
    if (!tried(steps, 'whoami')) return turn(steps, `No: ${first.value['why']}. What may I do?`, 'whoami', {});
    const place = this.#place(rightsOf(steps));
    if (place === undefined) return this.#tell(steps, 'I may not propose a change: no right to create a branch.');
    const isElsewhere = place.path !== path;
    if (second) return this.#tell(steps, `I could not propose it: ${second.value['why']}`);
    const input = { ...place, text: isElsewhere ? `${line}\n` : text };
    return turn(
      steps,
      `${place.branch} is there for me${isElsewhere ? `, and ${place.path}` : ''}.`,
      'propose_change',
      input,
    );
  }

  #tell(steps: readonly Step[], text: string): Turn {
    const { issue } = this.#aim;
    if (tried(steps, 'comment')) return { text: 'I have said why it is not done.', calls: [] };
    return turn(steps, 'The issue should know.', 'comment', { issue, text });
  }

  /** The first branch and file that a right to create branches leaves. */
  #place(rights: readonly Right[]): Place | undefined {
    const { issue, path } = this.#aim;
    const places = rights
      .filter((right) => right.actions.includes('ref:create'))
      .flatMap(({ refs, paths }) => {
        const prefix = refs
          .map((ref) => /^refs\/heads\/([^*]+\/)\*\*$/.exec(ref)?.[1])
          .find((one) => one !== undefined);
        const folder = paths.map((one) => /^([^*]+\/)\*\*$/.exec(one)?.[1]).find((one) => one !== undefined);
        const isAnywhere = paths.includes('**') || paths.includes(path);
        if (prefix === undefined || (!isAnywhere && folder === undefined)) return [];
        return [{ branch: `${prefix}issue-${issue}`, path: isAnywhere ? path : `${folder}issue-${issue}.md` }];
      });
    return places[0];
  }
}

function turn(steps: readonly Step[], text: string, name: string, input: object): Turn {
  return { text, calls: [{ id: `call-${steps.length + 1}`, name, input }] };
}

/** The calls so far, each with its answer. */
function stepsOf(messages: readonly Message[]): Step[] {
  const calls = messages.flatMap((message) => (message.role === 'assistant' ? message.calls : []));
  return messages.flatMap((message) => {
    const call = message.role === 'tool' ? calls.find(({ id }) => id === message.callId) : undefined;
    if (!call || message.role !== 'tool') return [];
    return [{ call, isError: message.isError, value: JSON.parse(message.content) as Step['value'] }];
  });
}

function tried(steps: readonly Step[], name: string): boolean {
  return steps.some(({ call }) => call.name === name);
}

/** The text of the file that was read; of one that could not be read, none. */
function textOf(steps: readonly Step[]): string {
  return String(steps.find(({ call }) => call.name === 'read_file')?.value['text'] ?? '');
}

function rightsOf(steps: readonly Step[]): readonly Right[] {
  return (steps.find(({ call }) => call.name === 'whoami')?.value['rights'] ?? []) as readonly Right[];
}

function proposed(step: Step | undefined): string {
  return `I propose a change of ${step?.value['path']} on the branch ${step?.value['branch']}.`;
}
