export const forbidden: readonly object[]
