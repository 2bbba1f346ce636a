export * from './framework';
export { failureOf, type StackView } from './failure';
export { redactor } from './redact';
export { allFrameworks, frameworkNamed } from './frameworks';
