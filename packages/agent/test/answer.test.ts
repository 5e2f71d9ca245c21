import { expect, test } from 'vitest'
import { answerIn } from '../src/brain/answer.ts'

const MEBIBYTE = 1024 * 1024
const LIKE = '{"action":"like","target":1}'
const CHOICE = { action: 'like', target: 1 }

test.each([
  ['openings', '<think>'],
  ['endings', '</think>'],
  ['thoughts', '<think>{</think>'],
  ['thoughts of objects', '<think>{}</think>'],
  ['halves of openings', '<think'],
  ['brackets', '{'],
  ['quotes', '{"'],
])('a megabyte of %s is dealt with', (_what, piece) => {
  expect(answerIn(piece.repeat(MEBIBYTE / piece.length))?.action).toBeUndefined()
})

test.each([
  ['before', `${LIKE}<think>{"action":"post"}</think>`],
  ['between', `<think>{"action":"post"}</think>${LIKE}<think>{"action":"follow"}</think>`],
  ['after very long', `<think>${'{"action":"post"} '.repeat(10_000)}</think>${LIKE}`],
  ['after an ending alone and', `</think>${LIKE}`],
])('what is said %s thinking aloud counts', (_where, text) => {
  expect(answerIn(text)).toEqual(CHOICE)
})
