import pg from 'pg';
import { createTestDatabase } from './test-database.js';

describe('a test database', () => {
  it('is deleted also when somebody forgot to close a connection', async () => {
    const created = await createTestDatabase('empty');
    const forgotten = new pg.Client({ connectionString: created.url });
    const gone = new Promise((resolve) => forgotten.on('error', resolve));
    await forgotten.connect();
    await created.drop();
    expect(String(await gone)).toMatch(/terminat/);
    const late = new pg.Client({ connectionString: created.url });
    await expect(late.connect()).rejects.toThrow(/does not exist/);
  });
});
