/** The environment in which programs of the system are run: where systems keep them, and nothing of the agent's own. */
export const SYSTEM_ENVIRONMENT = { LC_ALL: 'C', PATH: '/usr/local/bin:/usr/bin:/bin:/usr/local/sbin:/usr/sbin:/sbin:/run/wrappers/bin' };
