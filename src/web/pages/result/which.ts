/** Which result is read, and in which account and session: what its address says. */
export interface Which { accountId: string; sessionId: string; resultId: string }

export const resultAddress = ({ accountId, sessionId, resultId }: Which): string => `/accounts/${accountId}/test-sessions/${sessionId}/results/${resultId}`;
