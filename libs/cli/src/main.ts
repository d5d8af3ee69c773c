#!/usr/bin/env node
import { homedir } from 'node:os';
import { runProgram } from './program.js';

process.exitCode = await runProgram(process.argv.slice(2), {
  home: homedir(),
  project: process.cwd(),
  platform: process.platform,
  env: process.env,
  now: () => Date.now(),
  print: (text) => void process.stdout.write(text),
  tell: (text) => void process.stderr.write(text),
});
