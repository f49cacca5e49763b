# Turns the topic on low back pain, edition of 2021, into what was seen of the edition of 2015:
#     sed -i.2021 -f low-back-pain-2015.sed low-back-pain-2015/topics/low-back-pain/*.ttl
# where low-back-pain-2015 is a copy of ontology.
# Only ratings that were seen to differ are changed; scenarios, criteria and all other ratings stay as they are.

s/owl:versionInfo "2021"/owl:versionInfo "2015"/
s/dcterms:issued "2021-11"^^xsd:gYearMonth ; owl:versionInfo/dcterms:issued "2015"^^xsd:gYear ; owl:versionInfo/

/^<intervention-candidate> a ns:Scenario/,/^    prov:wasDerivedFrom/ {
  /procedure:ct-lumbar-spine-with-contrast ;/ {
    s/scale:usually-not-appropriate ; ns:confidence scale:seen-in-two-sources/scale:may-be-appropriate ; ns:confidence scale:seen-in-one-source/
    n
    s/wasDerivedFrom .* \]/wasDerivedFrom <statement\/older-edition> ]/
  }
}
/^<suspected-cauda-equina-syndrome> a ns:Scenario/,/^    prov:wasDerivedFrom/ {
  /procedure:ct-lumbar-spine-with-contrast ;/ {
    s/scale:usually-not-appropriate ; ns:confidence scale:seen-in-two-sources/scale:may-be-appropriate ; ns:confidence scale:seen-in-one-source/
    n
    s/wasDerivedFrom .* \]/wasDerivedFrom <statement\/older-edition> ]/
  }
}
/^<prior-lumbar-surgery> a ns:Scenario/,/^    prov:wasDerivedFrom/ {
  /procedure:ct-lumbar-spine-with-contrast ;/ {
    s/scale:usually-not-appropriate ; ns:confidence scale:seen-in-two-sources/scale:may-be-appropriate ; ns:confidence scale:seen-in-one-source/
    n
    s/wasDerivedFrom .* \]/wasDerivedFrom <statement\/older-edition> ]/
  }
  /procedure:radiography-lumbar-spine ;/ {
    s/scale:usually-appropriate ; ns:confidence scale:seen-in-two-sources/scale:may-be-appropriate ; ns:confidence scale:seen-in-one-source/
    n
    s/wasDerivedFrom .* \]/wasDerivedFrom <statement\/older-edition-surgery> ]/
  }
  /procedure:mri-lumbar-spine-without-contrast ;/ {
    s/scale:usually-appropriate ; ns:confidence scale:seen-in-two-sources/scale:may-be-appropriate ; ns:confidence scale:seen-in-one-source/
    n
    s/wasDerivedFrom .* \]/wasDerivedFrom <statement\/older-edition-surgery> ]/
  }
  /procedure:discography-and-ct-lumbar-spine ;/ {
    s/scale:usually-not-appropriate ; ns:confidence scale:seen-in-two-sources/scale:may-be-appropriate ; ns:confidence scale:seen-in-one-source/
    n
    s/wasDerivedFrom .* \]/wasDerivedFrom <statement\/older-edition-surgery> ]/
  }
  /procedure:bone-scan-whole-body-with-spect-complete-spine ;/ {
    s/scale:usually-not-appropriate ; ns:confidence scale:seen-in-two-sources/scale:may-be-appropriate ; ns:confidence scale:seen-in-one-source/
    n
    s/wasDerivedFrom .* \]/wasDerivedFrom <statement\/older-edition-surgery> ]/
  }
}
/^<lumbar-fracture-risk> a ns:Scenario/,/^    prov:wasDerivedFrom/ {
  /procedure:ct-myelography-lumbar-spine ;/ {
    s/scale:may-be-appropriate ; ns:confidence scale:seen-in-two-sources/scale:usually-not-appropriate ; ns:confidence scale:seen-in-one-source/
    n
    s/wasDerivedFrom .* \]/wasDerivedFrom <statement\/older-edition-risk> ]/
  }
}
/^<lumbar-cancer-infection-immunosuppression> a ns:Scenario/,/^    prov:wasDerivedFrom/ {
  /procedure:ct-myelography-lumbar-spine ;/ {
    s/scale:may-be-appropriate ; ns:confidence scale:seen-in-two-sources/scale:usually-not-appropriate ; ns:confidence scale:seen-in-one-source/
    n
    s/wasDerivedFrom .* \]/wasDerivedFrom <statement\/older-edition-risk> ]/
  }
  /procedure:fdg-pet-ct-whole-body ;/ {
    s/scale:usually-not-appropriate ; ns:confidence scale:seen-in-two-sources/scale:may-be-appropriate ; ns:confidence scale:seen-in-one-source/
    n
    s/wasDerivedFrom .* \]/wasDerivedFrom <statement\/older-edition-risk> ]/
  }
  /procedure:bone-scan-whole-body-with-spect-complete-spine ;/ {
    s/scale:usually-not-appropriate ; ns:confidence scale:seen-in-two-sources/scale:may-be-appropriate ; ns:confidence scale:seen-in-one-source/
    n
    s/wasDerivedFrom .* \]/wasDerivedFrom <statement\/older-edition-risk> ]/
  }
}
