/** What a planner can do in one repository. Each tool says what it would do there, so that it can be asked first. */
import type { Effect, Session } from '@gogs-spanner/sdk';

import type { ObjectSchema, PropertySchema, ToolDescription } from './planner.js';

/** A tool, and what using it would be to the gateway; for arguments that were held against its schema. */
export interface Tool extends ToolDescription {
  effects(input: unknown): Promise<readonly Effect[]>;
  use(input: unknown): Promise<unknown>;
}

/** A tool whose arguments are what its schema says: `Given`. */
interface Of<Given> extends ToolDescription {
  effects(given: Given): Promise<readonly Effect[]>;
  use(given: Given): Promise<unknown>;
}

function tool<Given>(of: Of<Given>): Tool {
  return { ...of, effects: (input) => of.effects(input as Given), use: (input) => of.use(input as Given) };
}

const TEXT = (description: string): PropertySchema => ({ type: 'string', description });
const NUMBER = (description: string): PropertySchema => ({ type: 'integer', description, minimum: 1 });

function schema(properties: Record<string, PropertySchema>, ...optional: string[]): ObjectSchema {
  const required = Object.keys(properties).filter((name) => !optional.includes(name));
  return { type: 'object', properties, required, additionalProperties: false };
}

/** The tools for a repository. */
export function toolsFor(session: Session, repository: string): readonly Tool[] {
  const at = `/api/v1/repos/${repository}`;
  const file = (path: string) => `${at}/contents/${path.split('/').map(encodeURIComponent).join('/')}`;
  const usual = async () => (await session.json<{ default_branch: string }>(at)).default_branch;
  const comments = (issue: number) => `${at}/issues/${issue}/comments`;

  const readIssue = tool<{ issue: number }>({
    name: 'read_issue',
    description: 'Reads the title and the text of an issue.',
    inputSchema: schema({ issue: NUMBER('its number') }),
    effects: async () => [{ action: 'issues:read', repository }],
    use: async ({ issue }) => {
      const { title, body } = await session.json<{ title: string; body: string }>(`${at}/issues/${issue}`);
      return { title, body };
    },
  });
  const readFile = tool<{ path: string }>({
    name: 'read_file',
    description: 'Reads a file of the default branch.',
    inputSchema: schema({ path: TEXT('where it is') }),
    effects: async () => [{ action: 'contents:read', repository }],
    use: async ({ path }) => {
      const { content = '' } = await session.json<{ content?: string }>(file(path));
      return { path, text: Buffer.from(content, 'base64').toString() };
    },
  });
  const propose = tool<{ path: string; text: string; branch?: string }>({
    name: 'propose_change',
    description: 'Writes a file on a branch, which is made if there is none; without a branch, on the default branch.',
    inputSchema: schema(
      { path: TEXT('the file'), text: TEXT('all of its new text'), branch: TEXT('the branch') },
      'branch',
    ),
    effects: async ({ path, branch }) => {
      const target = branch ?? (await usual());
      const action = target === (await usual()) ? 'ref:update' : 'ref:create';
      return [{ action, repository, ref: `refs/heads/${target}`, paths: [path] }];
    },
    use: async ({ path, text, branch }) => {
      const target = branch ?? (await usual());
      const content = Buffer.from(text).toString('base64');
      await session.json(file(path), { method: 'PUT', json: { message: `Change ${path}`, content, branch: target } });
      return { path, branch: target };
    },
  });
  const comment = tool<{ issue: number; text: string }>({
    name: 'comment',
    description: 'Comments on an issue.',
    inputSchema: schema({ issue: NUMBER('its number'), text: TEXT('what to say') }),
    effects: async () => [{ action: 'issues:write', repository }],
    use: async ({ issue, text }) => {
      const { id } = await session.json<{ id: number }>(comments(issue), { method: 'POST', json: { body: text } });
      return { id };
    },
  });
  const whoami = tool<object>({
    name: 'whoami',
    description: 'Says what you may do: actions, refs and paths, as patterns.',
    inputSchema: schema({}),
    effects: async () => [],
    use: async () => {
      const { agent, rights } = await session.whoami();
      return { agent, rights };
    },
  });
  return [readIssue, readFile, propose, comment, whoami];
}
