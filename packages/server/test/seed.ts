/** Where random tests begin. It is printed, so that a failure can be repeated with `TEST_SEED`. */
export const seed = Number(process.env['TEST_SEED'] ?? Date.now() % 2 ** 31)
console.log(`random tests: TEST_SEED=${seed}`)
