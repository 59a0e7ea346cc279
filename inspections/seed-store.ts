/**
 * Keeps the seed of a draw secret until it is opened. The first seed of a period is its only one: whoever starts again
 * after a crash gets the same, and nobody can draw until he likes the result.
 */
export interface SeedStore {
  /** Keeps `seed` unless the period has one; answers the one that is kept, durable when it resolves. */
  seal(realm: string, period: string, seed: string): Promise<string>
  read(realm: string, period: string): Promise<string | undefined>
}
