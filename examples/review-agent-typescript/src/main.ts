/** `npm start -- OWNER/REPOSITORY ISSUE` at the gateway of the environment; without arguments at a demonstration. */
import { argv } from 'node:process';

import { Session } from '@gogs-spanner/sdk';

import { Demonstration } from '../../demonstration-typescript/demonstration.js';
import { review } from './review.js';

const [repository, issue, ...more] = argv.slice(2);
if (more.length > 0 || (repository !== undefined && !/^\d+$/.test(issue ?? ''))) {
  console.error('usage: npm start [-- OWNER/REPOSITORY ISSUE]');
  process.exitCode = 2;
} else if (repository !== undefined) {
  await review(await Session.discover(), { repository, issue: Number(issue) }, console.log);
} else {
  const demonstration = await Demonstration.start();
  try {
    const [first = ''] = demonstration.repositories;
    await review(await demonstration.session(), { repository: first, issue: 1 }, console.log);
  } finally {
    await demonstration.end();
  }
}
