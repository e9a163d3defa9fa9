/** Where the targets of the checks are, and what every check is told of them. */
const [url = '', run = '', word = ''] = ['TARGET_URL', 'TARGET_RUN', 'TARGET_WORD'].map((name) => process.env[name]);
if (!url) throw new Error('TARGET_URL is not set.');

export const environmentVariables = [{ key: 'TARGET_URL', value: url }, { key: 'TARGET_RUN', value: run }, { key: 'TARGET_WORD', value: word }].filter(({ value }) => value !== '');
