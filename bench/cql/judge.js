// Which scenarios have all their criteria met, by cql-execution: one library a topic, a value set a criterion.
// Reads {topics: {topic: {scenario: [criterion, ...]}}, codes: {criterion: [fact, ...]}, cases: [[topic, [fact, ...]]]};
// writes {answers: [[scenario, ...]], seconds: [a case, ...]}.
const fs = require('fs')
const cql = require('cql-execution')

const SIMPLE = 'https://github.com/cqframework/cql-execution/simple'
const SYSTEM = 'https://w3id.org/nextstudy/finding'
const given = JSON.parse(fs.readFileSync(process.argv[2]))

const retrieve = (type, more) => ({ type: 'Retrieve', dataType: `{${SIMPLE}}${type}`, ...more })
const met = name => ({
  type: 'Exists',
  operand: retrieve('Condition', { codeProperty: 'code', codes: { type: 'ValueSetRef', name, preserve: true } })
})
const all = parts => parts.reduce((left, right) => ({ type: 'And', operand: [left, right] }))
const statement = (name, expression) => ({ name, context: 'Patient', accessLevel: 'Public', expression })

function library (topic, scenarios) {
  const names = [...new Set(Object.values(scenarios).flat())]
  return new cql.Library({
    library: {
      identifier: { id: topic, version: '1' },
      schemaIdentifier: { id: 'urn:hl7-org:elm', version: 'r1' },
      usings: { def: [{ localIdentifier: 'Simple', uri: SIMPLE }] },
      valueSets: { def: names.map(name => ({ name, id: name, version: '1', accessLevel: 'Public' })) },
      statements: {
        def: [
          statement('Patient', { type: 'SingletonFrom', operand: retrieve('Patient') }),
          ...Object.entries(scenarios).map(([name, criteria]) => statement(name, all(criteria.map(met))))
        ]
      }
    }
  })
}

const code = name => ({ code: name, system: SYSTEM, version: '1' })
const service = new cql.CodeService(
  Object.fromEntries(Object.entries(given.codes).map(([name, facts]) => [name, { 1: facts.map(code) }]))
)
const executors = Object.fromEntries(
  Object.entries(given.topics).map(([topic, scenarios]) => [topic, new cql.Executor(library(topic, scenarios), service)])
)

async function judge ([topic, facts]) {
  const records = facts.map(fact => ({ recordType: 'Condition', code: code(fact) }))
  const patients = new cql.PatientSource([{ id: '1', recordType: 'Patient', records }])
  const found = (await executors[topic].exec(patients)).patientResults['1']
  return Object.keys(given.topics[topic]).filter(scenario => found[scenario] === true)
}

async function main () {
  for (const each of given.cases) await judge(each) // warm, as our own figures are
  const answers = []
  const seconds = []
  for (const each of given.cases) {
    const start = process.hrtime.bigint()
    answers.push(await judge(each))
    seconds.push(Number(process.hrtime.bigint() - start) / 1e9)
  }
  process.stdout.write(JSON.stringify({ answers, seconds }))
}

main()
