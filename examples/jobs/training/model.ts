// Logistic regression by stochastic gradient descent, on points that are drawn around a line that nobody tells it.
import { seededRandom, type Random } from "@baton/core";

/** A point and what it is. */
export interface Example {
  readonly features: readonly number[];
  readonly label: 0 | 1;
}

/** Examples for the three purposes. */
export interface Data {
  readonly training: readonly Example[];
  readonly validation: readonly Example[];
  readonly test: readonly Example[];
}

/** What is tried. */
export interface Setting {
  readonly rate: number;
  readonly decay: number;
  readonly epochs: number;
}

/** Weights; the last one is the bias. */
export type Model = readonly number[];

/** A model with what became of it on data that it was not trained on. */
export interface Trained {
  readonly setting: Setting;
  readonly model: Model;
  readonly loss: number;
}

/** All settings that are tried. */
export const grid: readonly Setting[] = [0.001, 0.03, 0.3].flatMap((rate) => [0, 0.3].map((decay) => ({ rate, decay, epochs: 12 })));

const dimensions = 6;
const sharpness = 3;

/** Points with labels that follow a hidden model, most of the time. */
export function generate(seed: number, count: number): Data {
  const random = seededRandom(seed);
  const hidden = Array.from({ length: dimensions + 1 }, () => normal(random) * sharpness);
  const draw = (): Example => {
    const features = Array.from({ length: dimensions }, () => normal(random));
    return { features, label: random() < probability(hidden, features) ? 1 : 0 };
  };
  const examples = Array.from({ length: count }, draw);
  const [first, second] = [Math.floor(count * 0.6), Math.floor(count * 0.8)];
  return { training: examples.slice(0, first), validation: examples.slice(first, second), test: examples.slice(second) };
}

/** One step down the gradient for each example, so many times. */
export function train(examples: readonly Example[], { rate, decay, epochs }: Setting): Model {
  const weights = Array.from({ length: dimensions + 1 }, () => 0);
  for (let epoch = 0; epoch < epochs; epoch++)
    for (const { features, label } of examples) {
      const error = probability(weights, features) - label;
      [...features, 1].forEach((feature, i) => {
        const weight = weights[i] ?? 0;
        weights[i] = weight - rate * (error * feature + decay * weight);
      });
    }
  return weights;
}

/** Mean cross-entropy: how surprised the model is by the labels. */
export function lossOf(model: Model, examples: readonly Example[]): number {
  const losses = examples.map(
    ({ features, label }) => -Math.log(Math.max(1e-12, label === 1 ? probability(model, features) : 1 - probability(model, features))),
  );
  return losses.reduce((sum, loss) => sum + loss, 0) / examples.length;
}

/** The share of examples that the model tells right. */
export function accuracyOf(model: Model, examples: readonly Example[]): number {
  return examples.filter(({ features, label }) => (probability(model, features) > 0.5 ? 1 : 0) === label).length / examples.length;
}

function probability(model: Model, features: readonly number[]): number {
  const score = features.reduce((sum, feature, i) => sum + feature * (model[i] ?? 0), model[features.length] ?? 0);
  return 1 / (1 + Math.exp(-score));
}

function normal(random: Random): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}
