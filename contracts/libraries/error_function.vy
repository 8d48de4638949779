# pragma version 0.4.3
# SPDX-License-Identifier: AGPL-3.0-only
"""
@title error_function
@license AGPL-3.0-only
@notice erf of binary32 patterns, correctly rounded. It does not revert on any
        pattern.
@dev It computes in fixed point with a relative error below 2**-70, then rounds
     once. That is enough: a scan of all arguments found no result nearer to a
     rounding boundary, relatively, than 2**-57 (at 0x3940ead6; 2**-43 for
     subnormal results, at 0x00706afe).

     `unsafe_*` throughout: a factor below 2**128 times one below 2**128, and
     differences that are positive for the reason given below.
"""

from . import bits


@internal
@pure
def erf(a: uint256) -> uint256:
    """
    @notice The error function; that of -0 is -0
    """
    field: uint256 = (a >> 23) & 255
    if field > 128:  # |a| >= 4, or NaN
        if a & bits.MAGNITUDE > bits.INFINITY:
            return bits.NAN
        return (a & bits.SIGN) | bits.ONE
    m: uint256 = bits.significand(a)
    if m == 0:
        return a
    # erf(a) = 2 / root(pi) * a * sum of (-a**2)**n / (n! (2 n + 1)). With the
    # sum scaled by 2**112 and u = a**2 / 16 by 2**128, the terms are
    # 2**112 * 16**n / (n! (2 n + 1)), below 2**127. Summed from the last, all
    # partial sums are positive: they are integrals of remainders of exp(-t),
    # whose signs alternate. The first term left out is under 2**-70 of the
    # sum; each step truncates by one unit, and the sum is 2**109 at least.
    u: uint256 = 0
    if field > 87:  # |a| >= 2**-39, or else a**2 / 3 is too little
        u = unsafe_mul(m, m) << unsafe_sub(field << 1, 176)
    y: uint256 = 0
    if field > 127:  # |a| >= 2
        y = unsafe_sub(
            2823381353658, unsafe_mul(u, y) >> 128
        )
        y = unsafe_sub(
            13412245734136, unsafe_mul(u, y) >> 128
        )
        y = unsafe_sub(
            62875604364195, unsafe_mul(u, y) >> 128
        )
        y = unsafe_sub(
            290826771738008, unsafe_mul(u, y) >> 128
        )
        y = unsafe_sub(
            1327024255657696, unsafe_mul(u, y) >> 128
        )
        y = unsafe_sub(
            5972197370431112, unsafe_mul(u, y) >> 128
        )
        y = unsafe_sub(
            26504311171832317, unsafe_mul(u, y) >> 128
        )
        y = unsafe_sub(
            115968452759600253, unsafe_mul(u, y) >> 128
        )
        y = unsafe_sub(
            500167641624275904, unsafe_mul(u, y) >> 128
        )
        y = unsafe_sub(
            2125947518088146406, unsafe_mul(u, y) >> 128
        )
        y = unsafe_sub(
            8903419519932132228, unsafe_mul(u, y) >> 128
        )
        y = unsafe_sub(
            36730919191968074572, unsafe_mul(u, y) >> 128
        )
        y = unsafe_sub(
            149237435457130129759, unsafe_mul(u, y) >> 128
        )
        y = unsafe_sub(
            597024360546249084100, unsafe_mul(u, y) >> 128
        )
        y = unsafe_sub(
            2351086785687718700089, unsafe_mul(u, y) >> 128
        )
        y = unsafe_sub(
            9111675698871360230770, unsafe_mul(u, y) >> 128
        )
        y = unsafe_sub(
            34743049145906552140437, unsafe_mul(u, y) >> 128
        )
        y = unsafe_sub(
            130304993618274520607911, unsafe_mul(u, y) >> 128
        )
        y = unsafe_sub(
            480570481898701574372438, unsafe_mul(u, y) >> 128
        )
        y = unsafe_sub(
            1742333799140480542041664, unsafe_mul(u, y) >> 128
        )
        y = unsafe_sub(
            6208045203243784273670974, unsafe_mul(u, y) >> 128
        )
        y = unsafe_sub(
            21731717870300059054335604, unsafe_mul(u, y) >> 128
        )
        y = unsafe_sub(
            74715473939594712379567387, unsafe_mul(u, y) >> 128
        )
        y = unsafe_sub(
            252209198042524770181265864, unsafe_mul(u, y) >> 128
        )
        y = unsafe_sub(
            835596008077782308974339574, unsafe_mul(u, y) >> 128
        )
        y = unsafe_sub(
            2716204102990464399159780805, unsafe_mul(u, y) >> 128
        )
        y = unsafe_sub(
            8659615353599649757422280974, unsafe_mul(u, y) >> 128
        )
        y = unsafe_sub(
            27066877629066946503386266112, unsafe_mul(u, y) >> 128
        )
        y = unsafe_sub(
            82910119895352436131425299352, unsafe_mul(u, y) >> 128
        )
        y = unsafe_sub(
            248786078852653647397052393554, unsafe_mul(u, y) >> 128
        )
        y = unsafe_sub(
            730979976189321637063592128863, unsafe_mul(u, y) >> 128
        )
        y = unsafe_sub(
            2102080760179264117819810230121, unsafe_mul(u, y) >> 128
        )
        y = unsafe_sub(
            5913612253492814860188489124392, unsafe_mul(u, y) >> 128
        )
        y = unsafe_sub(
            16266781941409279699974366039962, unsafe_mul(u, y) >> 128
        )
        y = unsafe_sub(
            43729225550324644976587715935742, unsafe_mul(u, y) >> 128
        )
        y = unsafe_sub(
            114822958755983616400716047322015, unsafe_mul(u, y) >> 128
        )
        y = unsafe_sub(
            294324672760590915457531640287442, unsafe_mul(u, y) >> 128
        )
        y = unsafe_sub(
            736050581798198547503778395881177, unsafe_mul(u, y) >> 128
        )
        y = unsafe_sub(
            1794736668617940791663379655290270, unsafe_mul(u, y) >> 128
        )
        y = unsafe_sub(
            4264036177581152137727635739238440, unsafe_mul(u, y) >> 128
        )
    if field > 126:  # |a| >= 1
        y = unsafe_sub(
            9864337213629637163686819298167800, unsafe_mul(u, y) >> 128
        )
        y = unsafe_sub(
            22203693818722507565001581481836036, unsafe_mul(u, y) >> 128
        )
        y = unsafe_sub(
            48591292629405786145050102757824011, unsafe_mul(u, y) >> 128
        )
        y = unsafe_sub(
            103303219234246339583370939613027778, unsafe_mul(u, y) >> 128
        )
        y = unsafe_sub(
            213165373023048002314892415074501764, unsafe_mul(u, y) >> 128
        )
        y = unsafe_sub(
            426549153190586832501009105164448715, unsafe_mul(u, y) >> 128
        )
        y = unsafe_sub(
            826890837223277440123778244121759691, unsafe_mul(u, y) >> 128
        )
        y = unsafe_sub(
            1551326998343232127249763789136327665, unsafe_mul(u, y) >> 128
        )
        y = unsafe_sub(
            2813543056086134630784798872115430629, unsafe_mul(u, y) >> 128
        )
        y = unsafe_sub(
            4927018205528195668296493307890818967, unsafe_mul(u, y) >> 128
        )
        y = unsafe_sub(
            8320381234335604939843833061609740853, unsafe_mul(u, y) >> 128
        )
        y = unsafe_sub(
            13531232236961602421302151981571963760, unsafe_mul(u, y) >> 128
        )
        y = unsafe_sub(
            21160544030142080382249110013734879497, unsafe_mul(u, y) >> 128
        )
        y = unsafe_sub(
            31770205689699429018349011006732506578, unsafe_mul(u, y) >> 128
        )
        y = unsafe_sub(
            45715848303491910942101047814920321965, unsafe_mul(u, y) >> 128
        )
    if field > 122:  # |a| >= 2**-4
        y = unsafe_sub(
            62928980210446944482800680147672333437, unsafe_mul(u, y) >> 128
        )
        y = unsafe_sub(
            82695134250907843711372688655595053555, unsafe_mul(u, y) >> 128
        )
        y = unsafe_sub(
            103508605540409986807647233604385024804, unsafe_mul(u, y) >> 128
        )
        y = unsafe_sub(
            123101305874844734310523317108072190213, unsafe_mul(u, y) >> 128
        )
        y = unsafe_sub(
            138722115521842077490078359241104077987, unsafe_mul(u, y) >> 128
        )
        y = unsafe_sub(
            147671929426477050231373737256659179792, unsafe_mul(u, y) >> 128
        )
        y = unsafe_sub(
            147990187895068595598251697897298531473, unsafe_mul(u, y) >> 128
        )
        y = unsafe_sub(
            139083371031013541233542104968294453190, unsafe_mul(u, y) >> 128
        )
        y = unsafe_sub(
            122045658079714382432433197109678382674, unsafe_mul(u, y) >> 128
        )
        y = unsafe_sub(
            99493742999767159591657497643759551093, unsafe_mul(u, y) >> 128
        )
        y = unsafe_sub(
            74916419580181819573480199118664185793, unsafe_mul(u, y) >> 128
        )
        y = unsafe_sub(
            51751474052099283257996190180656180976, unsafe_mul(u, y) >> 128
        )
        y = unsafe_sub(
            32534934054812417048225546032691937304, unsafe_mul(u, y) >> 128
        )
        y = unsafe_sub(
            18436462631060369660661142751858764473, unsafe_mul(u, y) >> 128
        )
    y = unsafe_sub(
        9306868155102590453699134562236395527, unsafe_mul(u, y) >> 128
    )
    y = unsafe_sub(
        4124634750556829860162116453718402563, unsafe_mul(u, y) >> 128
    )
    y = unsafe_sub(
        1575381328337678071589697256628556535, unsafe_mul(u, y) >> 128
    )
    y = unsafe_sub(
        506372569822825094439545546773464600, unsafe_mul(u, y) >> 128
    )
    y = unsafe_sub(
        132922799578491587290380706028034458, unsafe_mul(u, y) >> 128
    )
    y = unsafe_sub(
        27692249912185747352162647089173845, unsafe_mul(u, y) >> 128
    )
    y = unsafe_sub(
        5192296858534827628530496329220096, unsafe_mul(u, y) >> 128
    )
    # 2**112 * 2 / root(pi). The product is below 2**249; erf(a) is what is
    # left of it times 2**(field - 300), or 2**(1 - 300) for subnormals.
    y = unsafe_mul(
        m, unsafe_mul(y, 5858879604546175277361428336400382)
    ) >> 74
    if field == 0:
        return bits.nearest_of_any(a & bits.SIGN, y, 1)
    return bits.nearest(
        a & bits.SIGN,
        y,
        field,
        unsafe_add(127, bits.top_bit(y >> 150)),
    )
