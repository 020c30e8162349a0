/**
 * A planner hands two workers tokens that can do less than its own: each reads one repository, for five minutes.
 *
 * A worker that tries the other's repository is refused by the gateway, whatever the planner may do there.
 */
import { Client, Refused, Token } from '@gogs-spanner/sdk';

/** As long as an errand may take, in seconds. */
const ERRAND = 300;

/** What one worker is to do, and the token to do it with. */
export interface Errand {
  /** Who is to do it. It stands in the gateway's journal beside the planner's name. */
  readonly worker: string;
  /** Where. */
  readonly repository: string;
  /** Good for that, and for nothing else. */
  readonly token: Token;
}

/** What a worker found. */
export interface Found {
  /** The repository, as its forge spells it. */
  readonly full_name: string;
  /** Its default branch. */
  readonly default_branch: string;
}

/** Makes an errand of each repository. */
export function plan(token: Token, repositories: readonly string[]): Promise<Errand[]> {
  const errand = async (repository: string, at: number): Promise<Errand> => {
    const worker = `worker-${at + 1}`;
    const narrow = { repositories: [repository], readOnly: true, lifetime: ERRAND, delegate: worker };
    return { worker, repository, token: await token.narrow(narrow) };
  };
  return Promise.all(repositories.map(errand));
}

/** What a worker works with: the gateway it was told of, and the token it was handed. */
export async function equip(gateway: string, handed: string): Promise<Client> {
  return Client.of(gateway, await Token.parse(handed));
}

/** Does an errand. */
export function work(client: Client, repository: string): Promise<Found> {
  return client.json<Found>(`/api/v1/repos/${repository}`);
}

/** Tries a repository that is somebody else's, and gives the refusal. */
export async function stray(client: Client, repository: string): Promise<Refused> {
  try {
    await work(client, repository);
  } catch (error) {
    if (error instanceof Refused) return error;
    throw error;
  }
  throw new Error(`a worker was let into ${repository}`);
}
