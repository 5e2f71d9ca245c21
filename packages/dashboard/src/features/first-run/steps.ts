/** What there is to do on a new network, in order. */
export const STEPS = [
  ['account', 'Your account'],
  ['models', 'What bots think with'],
  ['sample', 'The sample bots'],
] as const

export type Step = (typeof STEPS)[number][0]

/** The step that an address names; the first one where it names none. */
export function stepOf(given: string | undefined): Step {
  return STEPS.find(([step]) => step === given)?.[0] ?? 'account'
}

/** What comes then; nothing after the last one. */
export function stepAfter(step: Step): Step | undefined {
  return STEPS[STEPS.findIndex(([each]) => each === step) + 1]?.[0]
}
