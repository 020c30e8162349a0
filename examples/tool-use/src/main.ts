/** `npm start -- OWNER/REPOSITORY ISSUE` at the gateway of the environment; without arguments at a demonstration. */
import { argv } from 'node:process';

import { Session } from '@gogs-spanner/sdk';

import { Demonstration } from '../../demonstration-typescript/demonstration.js';
import { run } from './loop.js';
import { ScriptedPlanner } from './scripted.js';
import { toolsFor } from './tools.js';

const [repository, issue, ...more] = argv.slice(2);
if (more.length > 0 || (repository !== undefined && !/^\d+$/.test(issue ?? ''))) {
  console.error('usage: npm start [-- OWNER/REPOSITORY ISSUE]');
  process.exitCode = 2;
} else if (repository !== undefined) {
  await handle(await Session.discover(), repository, Number(issue));
} else {
  const demonstration = await Demonstration.start();
  try {
    await handle(await demonstration.session(), demonstration.repositories[0] ?? '', 1);
  } finally {
    await demonstration.end();
  }
}

/** Has the planner handle an issue. In place of the script, a language model that is given the tools' descriptions. */
async function handle(session: Session, repository: string, issue: number): Promise<void> {
  const planner = new ScriptedPlanner({ issue, path: 'README.md', line: 'See the issues for what is planned.' });
  const task = `Handle issue ${issue} of ${repository}.`;
  await run(planner, session, toolsFor(session, repository), task, console.log);
}
