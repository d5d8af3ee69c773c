import { Gatehouse } from '@gatehouse/sdk';

const { GATEHOUSE_URL = 'http://127.0.0.1:3000', GATEHOUSE_CLIENT_ID, GATEHOUSE_CLIENT_SECRET } = process.env;

const gatehouse = new Gatehouse({
  url: GATEHOUSE_URL,
  clientId: GATEHOUSE_CLIENT_ID ?? '',
  clientSecret: GATEHOUSE_CLIENT_SECRET ?? '',
});

/** Your own name for the end user, from your session; what the user asks comes from the command line. */
export const user = gatehouse.forUser(process.env.GATEHOUSE_USER ?? 'user_123');
export const question = process.argv.slice(2).join(' ') || 'Which conversations are open?';
