/** Runs before each ring test's own imports, so that AWS clients made while a module loads find the stand. */
import { status } from '../../stand/stand.ts';
import { TEST_NET } from './net.ts';
import { standEnvironment } from './stand-environment.ts';

Object.assign(process.env, standEnvironment(await status(TEST_NET)));
