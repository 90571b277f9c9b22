"""A made-up Beijing at full scale, the same at every making, and the real districts it lies in.

    districts   the sixteen districts, as they ship with the project
    city        the sample city: organisations and stations
    places      where in a district its stations cluster
    hosts       what they stand in, and with which hours and equipment
    names       how they are called
    streets     what one walks along from one to the other
    country     the city's pattern repeated, for measuring

Nothing in it is a fact about a real facility, and every station says so: `source = "sample"`.
"""
