/** Of one kill, until what was killed is back and senders are served again. */
export const PATIENCE_MS = 60_000
