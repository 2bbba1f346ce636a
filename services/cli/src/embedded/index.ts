export { openEmbedded } from './open-embedded';
