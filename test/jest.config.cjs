// End-to-end and fault tests drive the built program: a bound that only a hang can reach.
module.exports = { ...require('../jest.preset.cjs'), testTimeout: 180_000 };
