/** Imports nothing: the CLI cannot load a Playwright as old as this one. */
export default { testDir: './tests', workers: 1, retries: 0, use: { baseURL: process.env['TARGET_URL'] ?? '' } };
