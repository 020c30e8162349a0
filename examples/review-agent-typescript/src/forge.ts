/** The few calls of the forge's API this agent needs. That a gateway stands before it shows nowhere but in a refusal. */
import type { Session } from '@gogs-spanner/sdk';

/** A repository as its API shows it. */
export class Repository {
  readonly #session: Session;
  readonly #path: string;

  constructor(session: Session, name: string) {
    this.#session = session;
    this.#path = `/api/v1/repos/${name}`;
  }

  async defaultBranch(): Promise<string> {
    return (await this.#session.json<{ default_branch: string }>(this.#path)).default_branch;
  }

  /** The title of an issue. */
  async issue(number: number): Promise<string> {
    return (await this.#session.json<{ title: string }>(`${this.#path}/issues/${number}`)).title;
  }

  /** Comments on an issue, and gives the comment's id. */
  async comment(number: number, body: string): Promise<number> {
    const call = { method: 'POST', json: { body } };
    return (await this.#session.json<{ id: number }>(`${this.#path}/issues/${number}/comments`, call)).id;
  }

  /** The names at the top of the default branch. */
  async files(): Promise<string[]> {
    const entries = await this.#session.json<{ path: string }[]>(`${this.#path}/contents`);
    return entries.map((entry) => entry.path);
  }

  /** The text of a file. */
  async read(file: string): Promise<string> {
    const entry = await this.#session.json<{ content?: string }>(`${this.#path}/contents/${file}`);
    return Buffer.from(entry.content ?? '', 'base64').toString();
  }

  /** Writes a file to a branch, which is made if there is none. */
  async write(file: string, text: string, branch: string): Promise<void> {
    const content = Buffer.from(text).toString('base64');
    const call = { method: 'PUT', json: { message: `Write ${file}`, content, branch } };
    await this.#session.json(`${this.#path}/contents/${file}`, call);
  }
}
