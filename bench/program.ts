import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

const ANSWER_MS = 180_000

type Orders = Record<string, (input: never) => unknown>
type Reply = { readonly value: unknown } | { readonly failed: string }

/** A program of `bench/programs` in a process of its own, so that its work is on nobody else's account. */
export interface Program<O extends Orders> extends AsyncDisposable {
  readonly pid: number
  /** Gives an order and resolves with its answer. One at a time. */
  ask<N extends keyof O>(order: N, input: Parameters<O[N]>[0]): Promise<Awaited<ReturnType<O[N]>>>
}

export function startProgram<O extends Orders>(name: string, signal: AbortSignal): Program<O> {
  const file = fileURLToPath(new URL(`programs/${name}.ts`, import.meta.url))
  const child = fork(file, { serialization: 'advanced' })
  const exited = once(child, 'exit')
  return {
    pid: child.pid ?? 0,
    async ask(order, input) {
      const limit = AbortSignal.any([signal, AbortSignal.timeout(ANSWER_MS)])
      const answered = once(child, 'message', { signal: limit }) as Promise<[Reply]>
      const ended = exited.then(() => {
        throw new Error(`The program ${name} ended`)
      })
      child.send({ order, input })
      const [reply] = await Promise.race([answered, ended])
      if ('failed' in reply) throw new Error(`${name}, ${String(order)}: ${reply.failed}`)
      return reply.value as never
    },
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL')
      await exited
    },
  }
}

/** The other side: carries out what it is asked, and ends with whoever asks. */
export function obey(orders: Orders): void {
  const reply = (answer: Reply) => process.send?.(answer)
  process.on('SIGINT', () => {})
  process.once('disconnect', () => process.exit())
  process.on('message', ({ order, input }: { order: string; input: never }) => {
    Promise.try(async () => orders[order]?.(input)).then(
      (value) => reply({ value }),
      (error: unknown) => reply({ failed: (error as Error).message }),
    )
  })
}
