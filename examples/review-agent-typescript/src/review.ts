/**
 * An agent that reviews a README: it reads files, comments on an issue, tries to write where it may not, reads the hint it is
 * given and does the allowed thing instead.
 */
import { Refused, type Session, type Whoami } from '@gogs-spanner/sdk';

import { Repository } from './forge.js';

/** What the agent would like to add. */
const NOTE = '\nSee the issues for what is planned.\n';

/** What it was asked to do. */
export interface Task {
  /** Where: `acme/handbook`. */
  readonly repository: string;
  /** The number of the issue that asks for it. */
  readonly issue: number;
}

/** What it did. */
export interface Review {
  /** The files it read. */
  readonly files: readonly string[];
  /** The id of its comment. */
  readonly comment: number;
  /** What it was told when it tried to write the default branch. */
  readonly refused: Refused;
  /** The branch it wrote instead. */
  readonly branch: string;
}

/** Does the task, and says what it does. */
export async function review(session: Session, task: Task, say: (line: string) => void): Promise<Review> {
  const repository = new Repository(session, task.repository);

  say(`issue ${task.issue}: ${await repository.issue(task.issue)}`);
  const files = await repository.files();
  const readme = await repository.read('README.md');
  say(`read ${files.join(', ')}; the README has ${readme.length} characters`);

  const remark = `I have read the README, all ${readme.length} characters of it, and would add a line.`;
  const comment = await repository.comment(task.issue, remark);
  say(`commented (id ${comment})`);

  // Writing the default branch would be the quickest way.
  const quickest = await repository.defaultBranch();
  const refused = await refusal(repository.write('README.md', readme + NOTE, quickest));
  say(`may not write ${quickest}: ${refused.why} (${refused.reason})`);
  say(`hint: ${refused.hint ?? 'none'}`);

  // The hint says where to look: the gateway tells which branches are there to write.
  const branch = proposal(await session.whoami(), task);
  if (branch === undefined)
    throw new Error('no right to create a branch below some prefix, such as `refs/heads/agents/**`');
  await repository.write('README.md', readme + NOTE, branch);
  say(`wrote the branch ${branch} instead`);
  return { files, comment, refused, branch };
}

/** A gateway's no. Being let through is none. */
async function refusal(attempt: Promise<void>): Promise<Refused> {
  try {
    await attempt;
  } catch (error) {
    if (error instanceof Refused) return error;
    throw error;
  }
  throw new Error('it may write the default branch; give it a role that cannot');
}

/** A branch that the rights let an agent create, named for an issue. */
function proposal({ rights }: Whoami, { repository, issue }: Task): string | undefined {
  const creating = rights.filter(
    (right) => right.actions.includes('ref:create') && right.repositories.includes(repository),
  );
  const prefixes = creating.flatMap((right) => right.refs).map((ref) => /^refs\/heads\/([^*]+\/)\*\*$/.exec(ref)?.[1]);
  const prefix = prefixes.find((one) => one !== undefined);
  return prefix && `${prefix}review-${issue}`;
}
