import type { Route } from '../core/policy.ts'
import type { WarningLevel } from '../core/risk.ts'

/** Who gets what no route matches: the duty officer's own desk, so that no warning is without a reader. */
export const DUTY_DESK = 'duty-desk'

export interface Routable {
  readonly district: string
  readonly industries: readonly string[]
  readonly cause: string
}

/** The receiver of the first route that matches; a warning of several industries matches a route that names any of them. */
export function routeTo(routes: readonly Route[], warning: Routable, level: WarningLevel): string {
  const match = routes.find(
    (route) =>
      (route.districts?.includes(warning.district) ?? true) &&
      (route.industries === undefined || warning.industries.some((each) => route.industries?.includes(each))) &&
      (route.causes?.includes(warning.cause) ?? true) &&
      (route.levels?.includes(level) ?? true),
  )
  return match?.receiver ?? DUTY_DESK
}

/** The receiver at each level: a lifecycle picks the level, and with it who is told. */
export function routeByLevel(routes: readonly Route[], warning: Routable): Readonly<Record<WarningLevel, string>> {
  return {
    blue: routeTo(routes, warning, 'blue'),
    yellow: routeTo(routes, warning, 'yellow'),
    orange: routeTo(routes, warning, 'orange'),
    red: routeTo(routes, warning, 'red'),
  }
}
