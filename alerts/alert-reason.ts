/** Why a warning changed, or did not: a closed set, and the label of the metric that counts it. */
export const ALERT_REASONS = [
  'raised',
  'escalated',
  'eased',
  'subsided',
  'withdrawn',
  'ended',
  'corrected',
  'confirmed',
  'dispatched',
  'closed',
  'quiet',
  'unchanged',
  'held-by-hysteresis',
  'held-as-handled',
  'already-decided',
  'unknown-warning',
  'older-than-known',
] as const
export type AlertReason = (typeof ALERT_REASONS)[number]
