/** Where the targets of the suites are, and what every suite is told of them. */
const [url = '', run = ''] = ['TARGET_URL', 'TARGET_RUN'].map((name) => process.env[name]);
if (!url) throw new Error('TARGET_URL is not set.');

export const environmentVariables = [{ key: 'TARGET_URL', value: url }, ...(run === '' ? [] : [{ key: 'TARGET_RUN', value: run }])];
