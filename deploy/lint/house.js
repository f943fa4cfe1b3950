/** Rules of this house that no linter brings along. Each is proved by a planted violation in test/rules/lint.process.spec.ts. */

const isMember = (node, object, property) =>
  node.type === 'MemberExpression' &&
  node.object.type === 'Identifier' &&
  node.object.name === object &&
  (property === undefined || node.property.name === property);

const nameOf = (key) => key?.name ?? key?.value;

/** process.env is read in libs/boot alone: everywhere else configuration comes in as an argument. */
const environmentInBootOnly = {
  create(context) {
    if (/(^|\/)libs\/boot\//.test(context.filename) || context.filename.endsWith('.spec.ts')) return {};
    return {
      MemberExpression(node) {
        if (isMember(node, 'process', 'env'))
          context.report({
            node,
            message: 'Only libs/boot reads the environment; take a slice of configuration as an argument.',
          });
      },
    };
  },
};

/** Time, ids and chance come into a decider as arguments. */
const deciderWithoutClock = {
  create(context) {
    const report = (node, what) =>
      context.report({ node, message: `A decider has no ${what}: it comes in as an argument.` });
    return {
      NewExpression(node) {
        if (node.callee.name === 'Date' && node.arguments.length === 0) report(node, 'clock');
      },
      MemberExpression(node) {
        if (isMember(node, 'Date', 'now')) report(node, 'clock');
        if (isMember(node, 'Math', 'random')) report(node, 'chance');
      },
    };
  },
};

/** People's text is data: it is never compiled, nor let through unescaped (S11). */
const templatesAreOurs = {
  create(context) {
    if (context.filename.endsWith('.spec.ts')) return {};
    return {
      MemberExpression(node) {
        if (nameOf(node.property) === 'renderString')
          context.report({ node, message: 'renderString compiles text as a template; render a file of ours.' });
        if (nameOf(node.property) === 'SafeString')
          context.report({ node, message: 'SafeString switches escaping off.' });
      },
      Property(node) {
        if (nameOf(node.key) === 'autoescape' && node.value.value === false)
          context.report({ node, message: 'Escaping stays on.' });
        if (
          nameOf(node.key) === 'html' &&
          node.value.type !== 'Literal' &&
          /\.(http|command|query|handler)\.ts$/.test(context.filename)
        ) {
          context.report({ node, message: 'html: takes a literal of ours; give text: for what people wrote.' });
        }
      },
    };
  },
};

export default {
  meta: { name: 'house' },
  rules: {
    'environment-in-boot-only': environmentInBootOnly,
    'decider-without-clock': deciderWithoutClock,
    'templates-are-ours': templatesAreOurs,
  },
};
