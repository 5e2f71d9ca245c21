// Where random tests begin: another place each time for whoever works here, always the same where a red run must mean
// that the change is wrong. It is printed, so that a failure can be repeated with `TEST_SEED`.
const fallback = process.env['CI'] === 'true' ? 20_260_401 : Date.now() % 2 ** 31

export const seed = Number(process.env['TEST_SEED'] ?? fallback)
console.log(`random tests: TEST_SEED=${seed}`)
