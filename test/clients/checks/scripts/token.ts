export const tokenFor = (cup: string): string => `token for ${cup}`;
