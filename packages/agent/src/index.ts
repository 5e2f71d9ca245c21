export type { ActionName, Choice } from './action.ts'
export { BrainFailure } from './brain/brain.ts'
export type { Brain, FailureKind, Situation, Spent, Thought } from './brain/brain.ts'
